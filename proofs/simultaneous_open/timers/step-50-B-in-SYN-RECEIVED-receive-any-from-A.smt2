; tcpverify certificate 1
; spec: simultaneous_open.tcpv
; instance: any_time
; property timers: lemma (running(A.rtx) => A in { SYN_SENT, SYN_RECEIVED }) and (running(B.rtx) => B in { SYN_SENT, SYN_RECEIVED })
; a step by this action keeps the invariant
; action: B in SYN_RECEIVED: receive any from A
; handler: on receive any ignore
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Endpoint| 0)) (((|state of Endpoint.CLOSED|) (|state of Endpoint.SYN_SENT|) (|state of Endpoint.SYN_RECEIVED|) (|state of Endpoint.ESTABLISHED|))))
(declare-datatypes ((Message 0)) (((|Segment| (|Segment.SYN| Bool) (|Segment.ACK| Bool) (|Segment.RST| Bool) (|Segment.seq| (_ BitVec 32)) (|Segment.ack| (_ BitVec 32))))))
(define-fun inv ((|A| |state of Endpoint|) (|A.iss| (_ BitVec 32)) (|A.irs| (_ BitVec 32)) (|A.rtx| Int) (|B| |state of Endpoint|) (|B.iss| (_ BitVec 32)) (|B.irs| (_ BitVec 32)) (|B.rtx| Int) (|A -> B| (Array Message Bool)) (|B -> A| (Array Message Bool))) Bool
  (and (=> (not (= |A.rtx| 0)) (or (= |A| |state of Endpoint.SYN_SENT|) (= |A| |state of Endpoint.SYN_RECEIVED|))) (=> (not (= |B.rtx| 0)) (or (= |B| |state of Endpoint.SYN_SENT|) (= |B| |state of Endpoint.SYN_RECEIVED|)))))
(declare-const |A| |state of Endpoint|)
(declare-const |A.iss| (_ BitVec 32))
(declare-const |A.irs| (_ BitVec 32))
(declare-const |A.rtx| Int)
(declare-const |B| |state of Endpoint|)
(declare-const |B.iss| (_ BitVec 32))
(declare-const |B.irs| (_ BitVec 32))
(declare-const |B.rtx| Int)
(declare-const |A -> B| (Array Message Bool))
(declare-const |B -> A| (Array Message Bool))
(declare-const |A.next| |state of Endpoint|)
(declare-const |A.iss.next| (_ BitVec 32))
(declare-const |A.irs.next| (_ BitVec 32))
(declare-const |A.rtx.next| Int)
(declare-const |B.next| |state of Endpoint|)
(declare-const |B.iss.next| (_ BitVec 32))
(declare-const |B.irs.next| (_ BitVec 32))
(declare-const |B.rtx.next| Int)
(declare-const |A -> B.next| (Array Message Bool))
(declare-const |B -> A.next| (Array Message Bool))
(declare-const |segment| Message)
(assert (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |B.rtx| |A -> B| |B -> A|))
(assert (and (and (= |B| |state of Endpoint.SYN_RECEIVED|) (select |A -> B| |segment|) (and (not (and ((_ is |Segment|) |segment|) (|Segment.RST| |segment|) (= (|Segment.seq| |segment|) (bvadd |B.irs| (_ bv1 32))))) (not (and ((_ is |Segment|) |segment|) (|Segment.RST| |segment|) (bvult (bvsub (|Segment.seq| |segment|) (bvadd |B.irs| (_ bv1 32))) (_ bv65535 32)))) (not (and ((_ is |Segment|) |segment|) (|Segment.RST| |segment|))) (bvult (bvsub (|Segment.seq| |segment|) (bvadd |B.irs| (_ bv1 32))) (_ bv65535 32)) (not (and ((_ is |Segment|) |segment|) (|Segment.SYN| |segment|))) (not (and ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|) (= (|Segment.ack| |segment|) (bvadd |B.iss| (_ bv1 32))))) (not (and ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|))))) (= |A.next| |A|) (= |A.iss.next| |A.iss|) (= |A.irs.next| |A.irs|) (= |A.rtx.next| |A.rtx|) (= |B.next| |B|) (= |B.iss.next| |B.iss|) (= |B.irs.next| |B.irs|) (= |B.rtx.next| |B.rtx|) (= |A -> B.next| |A -> B|) (= |B -> A.next| |B -> A|)))
(assert (not (inv |A.next| |A.iss.next| |A.irs.next| |A.rtx.next| |B.next| |B.iss.next| |B.irs.next| |B.rtx.next| |A -> B.next| |B -> A.next|)))
(check-sat)
