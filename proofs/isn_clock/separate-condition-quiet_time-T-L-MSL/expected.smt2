; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check quiet_time
; instance: two_incarnations with clock = stands, comes_round = false, wait = true
; find condition on T, L, MSL such that separate holds: never B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param L|) (< 0.0 |param MSL|)) (not (= (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|))) (<= |param MSL| |param T|)))))
(check-sat)
