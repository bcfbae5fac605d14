; tcpverify certificate 1
; spec: blind_reset.tcpv
; instance: attacked
; property over: never B in ESTABLISHED and B.guesses == N
; a step by this action keeps the invariant
; action: B in ESTABLISHED: step guess
; handler: on step guess when guesses < N cite "RFC 9293 3.10.7.4, second" { let seq = snd + (REACH - 1) snd :=
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Victim| 0)) (((|state of Victim.CLOSED|) (|state of Victim.ESTABLISHED|) (|state of Victim.RESET|))))
(declare-datatypes ((Message 0)) (((|garbled|))))
(define-fun inv ((|B| |state of Victim|) (|B.rcv_nxt| Int) (|B.snd| Int) (|B.tried| Int) (|B.guesses| Int)) Bool
  (and
    (not (and (= |B| |state of Victim.ESTABLISHED|) (= |B.guesses| 4294967296)))
    (=> (= |B| |state of Victim.ESTABLISHED|) (<= |B.tried| |B.rcv_nxt|))
    (and (= |B.tried| (* |B.guesses| 1)) (= |B.snd| (mod |B.tried| 4294967296)) (=> (= |B| |state of Victim.CLOSED|) (= |B.guesses| 0)))
    (and (and (<= 0 |B.rcv_nxt|) (<= |B.rcv_nxt| 4294967295)) (and (<= 0 |B.snd|) (<= |B.snd| 4294967295)) (and (<= 0 |B.tried|) (<= |B.tried| 8589934592)) (and (<= 0 |B.guesses|) (<= |B.guesses| 4294967296)))))
(declare-const |B| |state of Victim|)
(declare-const |B.rcv_nxt| Int)
(declare-const |B.snd| Int)
(declare-const |B.tried| Int)
(declare-const |B.guesses| Int)
(declare-const |B.next| |state of Victim|)
(declare-const |B.rcv_nxt.next| Int)
(declare-const |B.snd.next| Int)
(declare-const |B.tried.next| Int)
(declare-const |B.guesses.next| Int)
(assert (inv |B| |B.rcv_nxt| |B.snd| |B.tried| |B.guesses|))
(assert (and (and (= |B| |state of Victim.ESTABLISHED|) (< |B.guesses| 4294967296)) (<= (+ |B.tried| 1) 8589934592) (<= (+ |B.guesses| 1) 4294967296) (= |B.next| (ite (< (mod (- (mod (+ |B.snd| 0) 4294967296) |B.rcv_nxt|) 4294967296) 1) |state of Victim.RESET| |B|)) (= |B.rcv_nxt.next| |B.rcv_nxt|) (= |B.snd.next| (mod (+ |B.snd| 1) 4294967296)) (= |B.tried.next| (+ |B.tried| 1)) (= |B.guesses.next| (+ |B.guesses| 1))))
(assert (not (inv |B.next| |B.rcv_nxt.next| |B.snd.next| |B.tried.next| |B.guesses.next|)))
(check-sat)
