; tcpverify certificate 1
; spec: handshake_traps.tcpv
; instance: stays with user_timeout = false
; property recovers: always reachable B in LISTEN or A in ESTABLISHED and B in ESTABLISHED and A.iss == B.irs and A.irs == B.iss
; it holds: from each state with the invariant one of the ways leads to its goal
; a step by this action keeps the invariant
; action: A in ESTABLISHED: receive SYN + ACK from B
; handler: on receive SYN + ACK cite "RFC 9293 3.10.7.4, first" { send ACK (seq = iss + 1, ack = irs + 1) }
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Client| 0)) (((|state of Client.CLOSED|) (|state of Client.SYN_SENT|) (|state of Client.ESTABLISHED|) (|state of Client.GONE|))))
(declare-datatypes ((|state of Server| 0)) (((|state of Server.LISTEN|) (|state of Server.SYN_RECEIVED|) (|state of Server.ESTABLISHED|))))
(declare-datatypes ((Message 0)) (((|Segment| (|Segment.SYN| Bool) (|Segment.ACK| Bool) (|Segment.RST| Bool) (|Segment.seq| (_ BitVec 32)) (|Segment.ack| (_ BitVec 32))))))
(define-fun inv ((|A| |state of Client|) (|A.iss| (_ BitVec 32)) (|A.irs| (_ BitVec 32)) (|A.rtx| Int) (|B| |state of Server|) (|B.iss| (_ BitVec 32)) (|B.irs| (_ BitVec 32)) (|B.rtx| Int) (|B.user| Int) (|A -> B| (Array Message Bool)) (|B -> A| (Array Message Bool))) Bool
  (and
    (or (= |B| |state of Server.LISTEN|) (and (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|) (= |A.iss| |B.irs|) (= |A.irs| |B.iss|)) (and (= |B| |state of Server.SYN_RECEIVED|) (not (= |B.rtx| 0)) (= |A| |state of Client.SYN_SENT|) (= (bvadd |B.irs| (_ bv1 32)) (bvadd |A.iss| (_ bv1 32))) (= |B| |state of Server.SYN_RECEIVED|) (= (bvadd |B.iss| (_ bv1 32)) (bvadd |B.iss| (_ bv1 32))) (= (bvadd |A.iss| (_ bv1 32)) (bvadd |B.irs| (_ bv1 32))) (= |A.iss| |B.irs|)) (and (= |B| |state of Server.SYN_RECEIVED|) (not (= |B.rtx| 0)) (= |A| |state of Client.CLOSED|) (= |B| |state of Server.SYN_RECEIVED|) (= (bvadd |B.irs| (_ bv1 32)) (bvadd |B.irs| (_ bv1 32)))) (and (= |B| |state of Server.SYN_RECEIVED|) (not (= |B.rtx| 0)) (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.SYN_RECEIVED|) (= (bvadd |A.irs| (_ bv1 32)) (bvadd |B.iss| (_ bv1 32))) (= (bvadd |A.iss| (_ bv1 32)) (bvadd |B.irs| (_ bv1 32))) (= |A| |state of Client.ESTABLISHED|) (= |A.iss| |B.irs|) (= |A.irs| |B.iss|)) (and (= |B| |state of Server.SYN_RECEIVED|) (not (= |B.rtx| 0)) (= |A| |state of Client.SYN_SENT|) (not (= (bvadd |B.irs| (_ bv1 32)) (bvadd |A.iss| (_ bv1 32)))) (not (= (bvadd |B.irs| (_ bv1 32)) (bvadd |A.iss| (_ bv1 32)))) (= |B| |state of Server.SYN_RECEIVED|) (= (bvadd |B.irs| (_ bv1 32)) (bvadd |B.irs| (_ bv1 32)))))
    (and (= |B.user| 0) (=> (= |B| |state of Server.SYN_RECEIVED|) (not (= |B.rtx| 0))) (forall ((?m Message)) (not (and (select |A -> B| ?m) (and ((_ is |Segment|) ?m) (|Segment.ACK| ?m) (not (|Segment.SYN| ?m)) (not (and (= |A| |state of Client.ESTABLISHED|) (= (|Segment.seq| ?m) (bvadd |A.iss| (_ bv1 32))) (= (|Segment.ack| ?m) (bvadd |A.irs| (_ bv1 32))))))))) (=> (or (= |A| |state of Client.SYN_SENT|) (= |A| |state of Client.ESTABLISHED|)) (forall ((?m Message)) (not (and (select |A -> B| ?m) (and ((_ is |Segment|) ?m) (|Segment.RST| ?m) (= (|Segment.seq| ?m) (bvadd |A.iss| (_ bv1 32)))))))) (=> (or (= |A| |state of Client.SYN_SENT|) (= |A| |state of Client.ESTABLISHED|)) (forall ((?m Message)) (not (and (select |B -> A| ?m) (and ((_ is |Segment|) ?m) (|Segment.ACK| ?m) (|Segment.SYN| ?m) (= (|Segment.ack| ?m) (bvadd |A.iss| (_ bv1 32))) (not (and (or (= |B| |state of Server.SYN_RECEIVED|) (= |B| |state of Server.ESTABLISHED|)) (= |B.irs| |A.iss|) (= |B.iss| (|Segment.seq| ?m))))))))) (=> (or (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|)) (= |A| |state of Client.ESTABLISHED|)) (=> (or (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|)) (or (= |B| |state of Server.SYN_RECEIVED|) (= |B| |state of Server.ESTABLISHED|))) (=> (or (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|)) (= |A.iss| |B.irs|)) (=> (or (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|)) (= |A.irs| |B.iss|)))
    (=> (= |A| |state of Client.SYN_SENT|) (not (forall ((?m Message)) (not (and (select |A -> B| ?m) (= (|Segment.seq| ?m) |A.iss|))))))
    (=> (= |A| |state of Client.ESTABLISHED|) (not (forall ((?m Message)) (not (and (select |A -> B| ?m) (= (|Segment.seq| ?m) |A.iss|))))))
    (=> (= |B| |state of Server.SYN_RECEIVED|) (not (forall ((?m Message)) (not (and (select |A -> B| ?m) (= (|Segment.seq| ?m) |B.irs|))))))
    (=> (= |B| |state of Server.ESTABLISHED|) (not (forall ((?m Message)) (not (and (select |A -> B| ?m) (= (|Segment.seq| ?m) |B.irs|))))))
    (or (= |A| |state of Client.SYN_SENT|) (= |A| |state of Client.CLOSED|) (= |A| |state of Client.ESTABLISHED|))
    (or (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.LISTEN|) (= |B| |state of Server.SYN_RECEIVED|))))
(declare-const |A| |state of Client|)
(declare-const |A.iss| (_ BitVec 32))
(declare-const |A.irs| (_ BitVec 32))
(declare-const |A.rtx| Int)
(declare-const |B| |state of Server|)
(declare-const |B.iss| (_ BitVec 32))
(declare-const |B.irs| (_ BitVec 32))
(declare-const |B.rtx| Int)
(declare-const |B.user| Int)
(declare-const |A -> B| (Array Message Bool))
(declare-const |B -> A| (Array Message Bool))
(declare-const |A.next| |state of Client|)
(declare-const |A.iss.next| (_ BitVec 32))
(declare-const |A.irs.next| (_ BitVec 32))
(declare-const |A.rtx.next| Int)
(declare-const |B.next| |state of Server|)
(declare-const |B.iss.next| (_ BitVec 32))
(declare-const |B.irs.next| (_ BitVec 32))
(declare-const |B.rtx.next| Int)
(declare-const |B.user.next| Int)
(declare-const |A -> B.next| (Array Message Bool))
(declare-const |B -> A.next| (Array Message Bool))
(declare-const |segment| Message)
(assert (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |B.rtx| |B.user| |A -> B| |B -> A|))
(assert (and (and (= |A| |state of Client.ESTABLISHED|) (select |B -> A| |segment|) (and ((_ is |Segment|) |segment|) (|Segment.ACK| |segment|) (|Segment.SYN| |segment|))) (= |A.next| |A|) (= |A.iss.next| |A.iss|) (= |A.irs.next| |A.irs|) (= |A.rtx.next| |A.rtx|) (= |B.next| |B|) (= |B.iss.next| |B.iss|) (= |B.irs.next| |B.irs|) (= |B.rtx.next| |B.rtx|) (= |B.user.next| |B.user|) (= |A -> B.next| (store |A -> B| (|Segment| false true false (bvadd |A.iss| (_ bv1 32)) (bvadd |A.irs| (_ bv1 32))) true)) (= |B -> A.next| |B -> A|)))
(assert (not (inv |A.next| |A.iss.next| |A.irs.next| |A.rtx.next| |B.next| |B.iss.next| |B.irs.next| |B.rtx.next| |B.user.next| |A -> B.next| |B -> A.next|)))
(check-sat)
