; tcpverify certificate 1
; spec: simultaneous_open.tcpv
; instance: any_time
; property timers: lemma (running(A.rtx) => A in { SYN_SENT, SYN_RECEIVED }) and (running(B.rtx) => B in { SYN_SENT, SYN_RECEIVED })
; every initial state satisfies the invariant
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
(assert (and (= |A| |state of Endpoint.CLOSED|) (= |A.iss| (_ bv0 32)) (= |A.irs| (_ bv0 32)) (= |A.rtx| 0) (= |B| |state of Endpoint.CLOSED|) (= |B.iss| (_ bv0 32)) (= |B.irs| (_ bv0 32)) (= |B.rtx| 0) (forall ((?m Message)) (= (select |A -> B| ?m) false)) (forall ((?m Message)) (= (select |B -> A| ?m) false))))
(assert (not (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |B.rtx| |A -> B| |B -> A|)))
(check-sat)
