; tcpverify certificate 1
; spec: handshake_unbounded.tcpv
; instance: any_time
; property no_phantom: monitor confirmed never bad
; a step by this action keeps the invariant
; action: A in SYN_SENT: receive SYN + ACK as s from B
; handler: on receive SYN + ACK as s cite "RFC 9293 3.10.7.3, first" { send RST (seq = s.ack) }
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Client| 0)) (((|state of Client.CLOSED|) (|state of Client.SYN_SENT|) (|state of Client.ESTABLISHED|))))
(declare-datatypes ((|state of Server| 0)) (((|state of Server.LISTEN|) (|state of Server.SYN_RECEIVED|) (|state of Server.ESTABLISHED|))))
(declare-datatypes ((|state of monitor confirmed| 0)) (((|state of monitor confirmed.NO|) (|state of monitor confirmed.YES|) (|state of monitor confirmed.PHANTOM|))))
(declare-datatypes ((Message 0)) (((|Segment| (|Segment.SYN| Bool) (|Segment.ACK| Bool) (|Segment.RST| Bool) (|Segment.seq| (_ BitVec 32)) (|Segment.ack| (_ BitVec 32))))))
(define-fun inv ((|A| |state of Client|) (|A.iss| (_ BitVec 32)) (|A.irs| (_ BitVec 32)) (|A.rtx| Int) (|B| |state of Server|) (|B.iss| (_ BitVec 32)) (|B.irs| (_ BitVec 32)) (|monitor confirmed| |state of monitor confirmed|) (|A -> B| (Array Message Bool)) (|B -> A| (Array Message Bool))) Bool
  (and
    (not (= |monitor confirmed| |state of monitor confirmed.PHANTOM|))
    (=> (= |A| |state of Client.ESTABLISHED|) (not (forall ((?m Message)) (not (and (select |B -> A| ?m) (= (|Segment.seq| ?m) |A.irs|))))))
    (=> (= |B| |state of Server.SYN_RECEIVED|) (not (forall ((?m Message)) (not (and (select |B -> A| ?m) (= (|Segment.seq| ?m) |B.iss|))))))
    (not (and (= |A| |state of Client.ESTABLISHED|) (= |A.iss| |B.irs|) (= |B.iss| |A.irs|) (= |B| |state of Server.SYN_RECEIVED|) (= |monitor confirmed| |state of monitor confirmed.NO|)))
    (=> (and (= |B| |state of Server.SYN_RECEIVED|) (= |monitor confirmed| |state of monitor confirmed.NO|)) (forall ((?m Message)) (not (and (select |A -> B| ?m) (and ((_ is |Segment|) ?m) (|Segment.ACK| ?m) (= (|Segment.seq| ?m) (bvadd |B.irs| (_ bv1 32))) (= |B.iss| (bvadd (|Segment.ack| ?m) (_ bv4294967295 32))))))))))
(declare-const |A| |state of Client|)
(declare-const |A.iss| (_ BitVec 32))
(declare-const |A.irs| (_ BitVec 32))
(declare-const |A.rtx| Int)
(declare-const |B| |state of Server|)
(declare-const |B.iss| (_ BitVec 32))
(declare-const |B.irs| (_ BitVec 32))
(declare-const |monitor confirmed| |state of monitor confirmed|)
(declare-const |A -> B| (Array Message Bool))
(declare-const |B -> A| (Array Message Bool))
(declare-const |A.next| |state of Client|)
(declare-const |A.iss.next| (_ BitVec 32))
(declare-const |A.irs.next| (_ BitVec 32))
(declare-const |A.rtx.next| Int)
(declare-const |B.next| |state of Server|)
(declare-const |B.iss.next| (_ BitVec 32))
(declare-const |B.irs.next| (_ BitVec 32))
(declare-const |monitor confirmed.next| |state of monitor confirmed|)
(declare-const |A -> B.next| (Array Message Bool))
(declare-const |B -> A.next| (Array Message Bool))
(declare-const |segment| Message)
(assert (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |monitor confirmed| |A -> B| |B -> A|))
(assert (and (and (= |A| |state of Client.SYN_SENT|) (select |B -> A| |segment|) (and ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|) (|Segment.SYN| |segment|) (not (and ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|) (|Segment.SYN| |segment|) (= (|Segment.ack| |segment|) (bvadd |A.iss| (_ bv1 32))))))) (= |A.next| |A|) (= |A.iss.next| |A.iss|) (= |A.irs.next| |A.irs|) (= |A.rtx.next| |A.rtx|) (= |B.next| |B|) (= |B.iss.next| |B.iss|) (= |B.irs.next| |B.irs|) (= |monitor confirmed.next| (ite (and (= |monitor confirmed| |state of monitor confirmed.NO|) ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|) (|Segment.SYN| |segment|) (= |A| |state of Client.SYN_SENT|) (= (|Segment.ack| |segment|) (bvadd |A.iss| (_ bv1 32))) (= |A.iss| |B.irs|) (= (|Segment.seq| |segment|) |B.iss|)) |state of monitor confirmed.YES| |monitor confirmed|)) (= |A -> B.next| (store |A -> B| (|Segment| false false true (|Segment.ack| |segment|) (_ bv0 32)) true)) (= |B -> A.next| |B -> A|)))
(assert (not (inv |A.next| |A.iss.next| |A.irs.next| |A.rtx.next| |B.next| |B.iss.next| |B.irs.next| |monitor confirmed.next| |A -> B.next| |B -> A.next|)))
(check-sat)
