; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check or_time_wait
; instance: two_incarnations with wait = true
; find condition on T, N, L, MSL, Q such that separate holds: never B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param N| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(declare-const |param Q| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param N|) (< 0.0 |param L|) (< 0.0 |param MSL|) (< 0.0 |param Q|)) (not (= (and (or (< 0.0 (+ (* (- 1.0) |param T|) (* (- 1.0) |param L|) |param Q|)) (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|)))) (or (< 0.0 (+ |param T| (* (- 1.0) |param N|) |param L|)) (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|)))) (or (< 0.0 (+ |param T| |param L| (* (- 1.0) |param Q|))) (<= 0.0 (+ (* (- 1.0) |param L|) (* (- 1.0) |param MSL|) |param Q|)))) (or (<= |param MSL| |param T|) (and (< |param N| (+ |param L| |param T|)) (<= (+ |param L| |param MSL|) |param Q|)))))))
(check-sat)
