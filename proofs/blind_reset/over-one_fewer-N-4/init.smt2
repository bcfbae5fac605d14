; tcpverify certificate 1
; spec: blind_reset.tcpv
; instance: attacked with rule = in_window, WND = 1073741824, N = 4
; property over: never B in ESTABLISHED and B.guesses == N
; every initial state satisfies the invariant
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Victim| 0)) (((|state of Victim.CLOSED|) (|state of Victim.ESTABLISHED|) (|state of Victim.RESET|))))
(declare-datatypes ((Message 0)) (((|garbled|))))
(define-fun inv ((|B| |state of Victim|) (|B.rcv_nxt| Int) (|B.snd| Int) (|B.tried| Int) (|B.guesses| Int)) Bool
  (and
    (not (and (= |B| |state of Victim.ESTABLISHED|) (= |B.guesses| 4)))
    (=> (= |B| |state of Victim.ESTABLISHED|) (<= |B.tried| |B.rcv_nxt|))
    (and (= |B.tried| (* |B.guesses| 1073741824)) (= |B.snd| (mod |B.tried| 4294967296)) (<= |B.guesses| 4) (=> (= |B| |state of Victim.CLOSED|) (= |B.guesses| 0)))
    (and (and (<= 0 |B.rcv_nxt|) (<= |B.rcv_nxt| 4294967295)) (and (<= 0 |B.snd|) (<= |B.snd| 4294967295)) (and (<= 0 |B.tried|) (<= |B.tried| 8589934592)) (and (<= 0 |B.guesses|) (<= |B.guesses| 4294967296)))))
(declare-const |B| |state of Victim|)
(declare-const |B.rcv_nxt| Int)
(declare-const |B.snd| Int)
(declare-const |B.tried| Int)
(declare-const |B.guesses| Int)
(assert (and (= |B| |state of Victim.CLOSED|) (= |B.rcv_nxt| 0) (= |B.snd| 0) (= |B.tried| 0) (= |B.guesses| 0)))
(assert (not (inv |B| |B.rcv_nxt| |B.snd| |B.tried| |B.guesses|)))
(check-sat)
