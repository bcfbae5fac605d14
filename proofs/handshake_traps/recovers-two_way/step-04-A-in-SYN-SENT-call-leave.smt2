; tcpverify certificate 1
; spec: handshake_traps.tcpv
; instance: any_time with kind = two_way
; property recovers: always reachable B in LISTEN or A in ESTABLISHED and B in ESTABLISHED and A.iss == B.irs and A.irs == B.iss
; it is violated: nothing that can follow the run into the trap reaches its goal
; a step by this action keeps the invariant
; action: A in SYN_SENT: call leave
; handler: on call leave { stop rtx goto GONE }
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Client| 0)) (((|state of Client.CLOSED|) (|state of Client.SYN_SENT|) (|state of Client.ESTABLISHED|) (|state of Client.GONE|))))
(declare-datatypes ((|state of Server| 0)) (((|state of Server.LISTEN|) (|state of Server.SYN_RECEIVED|) (|state of Server.ESTABLISHED|))))
(declare-datatypes ((Message 0)) (((|Segment| (|Segment.SYN| Bool) (|Segment.ACK| Bool) (|Segment.RST| Bool) (|Segment.seq| (_ BitVec 32)) (|Segment.ack| (_ BitVec 32))))))
(define-fun inv ((|A| |state of Client|) (|A.iss| (_ BitVec 32)) (|A.irs| (_ BitVec 32)) (|A.rtx| Int) (|B| |state of Server|) (|B.iss| (_ BitVec 32)) (|B.irs| (_ BitVec 32)) (|B.rtx| Int) (|B.user| Int) (|A -> B| (Array Message Bool)) (|B -> A| (Array Message Bool))) Bool
  (and
    (not (or (= |B| |state of Server.LISTEN|) (and (= |A| |state of Client.ESTABLISHED|) (= |B| |state of Server.ESTABLISHED|) (= |A.iss| |B.irs|) (= |A.irs| |B.iss|))))
    (forall ((?m Message)) (not (and (select |A -> B| ?m) (and ((_ is |Segment|) ?m) (|Segment.RST| ?m)))))
    (not (= |B| |state of Server.LISTEN|))
    (not (= |A.irs| |B.iss|))
    (not (= |A| |state of Client.SYN_SENT|))
    (not (= |B| |state of Server.SYN_RECEIVED|))
    (not (= |A| |state of Client.CLOSED|))))
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
(assert (inv |A| |A.iss| |A.irs| |A.rtx| |B| |B.iss| |B.irs| |B.rtx| |B.user| |A -> B| |B -> A|))
(assert (and (= |A| |state of Client.SYN_SENT|) (= |A.next| |state of Client.GONE|) (= |A.iss.next| |A.iss|) (= |A.irs.next| |A.irs|) (= |A.rtx.next| 0) (= |B.next| |B|) (= |B.iss.next| |B.iss|) (= |B.irs.next| |B.irs|) (= |B.rtx.next| |B.rtx|) (= |B.user.next| |B.user|) (= |A -> B.next| |A -> B|) (= |B -> A.next| |B -> A|)))
(assert (not (inv |A.next| |A.iss.next| |A.irs.next| |A.rtx.next| |B.next| |B.iss.next| |B.irs.next| |B.rtx.next| |B.user.next| |A -> B.next| |B -> A.next|)))
(check-sat)
