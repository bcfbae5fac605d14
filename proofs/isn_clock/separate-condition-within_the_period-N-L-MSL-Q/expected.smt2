; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check within_the_period
; instance: two_incarnations
; find condition on N, L, MSL, Q such that separate holds: never B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param N| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(declare-const |param Q| Real)
(assert (and (and (< 0.0 |param N|) (< 0.0 |param L|) (< 0.0 |param MSL|) (< 0.0 |param Q|)) (not (= (and (< 0.0 (+ (* (- 1.0) |param N|) |param L|)) (<= 0.0 (+ (* (- 1.0) |param L|) (* (- 1.0) |param MSL|) |param Q|))) (and (< |param N| |param L|) (<= (+ |param L| |param MSL|) |param Q|))))))
(check-sat)
