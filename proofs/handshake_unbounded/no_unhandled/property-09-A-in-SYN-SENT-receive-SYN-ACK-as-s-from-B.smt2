; tcpverify certificate 1
; spec: handshake_unbounded.tcpv
; instance: any_time
; property no_unhandled: every segment and every firing timer meets a handler
; no step by this action from a state with the invariant errs
; action: A in SYN_SENT: receive SYN + ACK as s from B
; handler: on receive SYN + ACK as s cite "RFC 9293 3.10.7.3, first" { send RST (seq = s.ack) }
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Client| 0)) (((|state of Client.CLOSED|) (|state of Client.SYN_SENT|) (|state of Client.ESTABLISHED|))))
(declare-datatypes ((|state of Server| 0)) (((|state of Server.LISTEN|) (|state of Server.SYN_RECEIVED|) (|state of Server.ESTABLISHED|))))
(declare-datatypes ((Message 0)) (((|Segment| (|Segment.SYN| Bool) (|Segment.ACK| Bool) (|Segment.RST| Bool) (|Segment.seq| (_ BitVec 32)) (|Segment.ack| (_ BitVec 32))))))
(define-fun inv ((|A| |state of Client|) (|A.iss| (_ BitVec 32)) (|A.irs| (_ BitVec 32)) (|A.rtx| Int) (|B| |state of Server|) (|B.iss| (_ BitVec 32)) (|B.irs| (_ BitVec 32)) (|A -> B| (Array Message Bool)) (|B -> A| (Array Message Bool))) Bool
  (=> (not (= |A.rtx| 0)) (= |A| |state of Client.SYN_SENT|)))
(declare-const |A| |state of Client|)
(declare-const |A.iss| (_ BitVec 32))
(declare-const |A.irs| (_ BitVec 32))
(declare-const |A.rtx| Int)
(declare-const |B| |state of Server|)
(declare-const |B.iss| (_ BitVec 32))
(declare-const |B.irs| (_ BitVec 32))
(declare-const |A -> B| (Array Message Bool))
(declare-const |B -> A| (Array Message Bool))
(declare-const |segment| Message)
(assert (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |A -> B| |B -> A|))
(assert false)
(check-sat)
