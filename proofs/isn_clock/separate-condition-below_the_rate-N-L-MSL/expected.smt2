; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check below_the_rate
; instance: two_incarnations with comes_round = false
; find condition on N, L, MSL such that separate holds: never B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param N| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param N|) (< 0.0 |param L|) (< 0.0 |param MSL|)) (not (= (< 0.0 (+ (* (- 1.0) |param N|) |param L|)) (< |param N| |param L|)))))
(check-sat)
