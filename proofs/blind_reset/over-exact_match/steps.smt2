; tcpverify certificate 1
; spec: blind_reset.tcpv
; instance: attacked
; property over: never B in ESTABLISHED and B.guesses == N
; what the interpreter does is what the relations say
; expected: unsat
(set-logic ALL)
(declare-datatypes ((|state of Victim| 0)) (((|state of Victim.CLOSED|) (|state of Victim.ESTABLISHED|) (|state of Victim.RESET|))))
(declare-datatypes ((Message 0)) (((|garbled|))))
(define-fun start ((|B| |state of Victim|) (|B.rcv_nxt| Int) (|B.snd| Int) (|B.tried| Int) (|B.guesses| Int)) Bool
  (and (= |B| |state of Victim.CLOSED|) (= |B.rcv_nxt| 0) (= |B.snd| 0) (= |B.tried| 0) (= |B.guesses| 0)))
; action: B in CLOSED: step synchronize
(define-fun action1 ((|B| |state of Victim|) (|B.rcv_nxt| Int) (|B.snd| Int) (|B.tried| Int) (|B.guesses| Int) (|B.next| |state of Victim|) (|B.rcv_nxt.next| Int) (|B.snd.next| Int) (|B.tried.next| Int) (|B.guesses.next| Int) (|choose rcv_nxt#1| Int)) Bool
  (and (and (= |B| |state of Victim.CLOSED|) (and (<= 0 |choose rcv_nxt#1|) (<= |choose rcv_nxt#1| 4294967295))) (= |B.next| |state of Victim.ESTABLISHED|) (= |B.rcv_nxt.next| |choose rcv_nxt#1|) (= |B.snd.next| |B.snd|) (= |B.tried.next| |B.tried|) (= |B.guesses.next| |B.guesses|)))
; action: B in ESTABLISHED: step guess
(define-fun action2 ((|B| |state of Victim|) (|B.rcv_nxt| Int) (|B.snd| Int) (|B.tried| Int) (|B.guesses| Int) (|B.next| |state of Victim|) (|B.rcv_nxt.next| Int) (|B.snd.next| Int) (|B.tried.next| Int) (|B.guesses.next| Int)) Bool
  (and (and (= |B| |state of Victim.ESTABLISHED|) (< |B.guesses| 4294967296)) (<= (+ |B.tried| 1) 8589934592) (<= (+ |B.guesses| 1) 4294967296) (= |B.next| (ite (< (mod (- (mod (+ |B.snd| 0) 4294967296) |B.rcv_nxt|) 4294967296) 1) |state of Victim.RESET| |B|)) (= |B.rcv_nxt.next| |B.rcv_nxt|) (= |B.snd.next| (mod (+ |B.snd| 1) 4294967296)) (= |B.tried.next| (+ |B.tried| 1)) (= |B.guesses.next| (+ |B.guesses| 1))))
(assert (not (and (start |state of Victim.CLOSED| 0 0 0 0) (start |state of Victim.CLOSED| 0 0 0 0) (action1 |state of Victim.CLOSED| 0 0 0 0 |state of Victim.ESTABLISHED| 0 0 0 0 0) (action2 |state of Victim.ESTABLISHED| 0 0 0 0 |state of Victim.RESET| 0 1 1 1))))
(check-sat)
