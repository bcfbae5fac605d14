; tcpverify condition certificate 1
; spec: isn_clock.tcpv, check within_the_period
; instance: two_incarnations
; find condition on N, L, MSL, Q such that separate holds: never B.took_old
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param N| Real)
(declare-const |param L| Real)
(declare-const |param MSL| Real)
(declare-const |param Q| Real)
(assert (and (and (< 0.0 |param N|) (< 0.0 |param L|) (< 0.0 |param MSL|) (< 0.0 |param Q|)) (not (and (< 0.0 (+ (* (- 1.0) |param N|) |param L|)) (<= 0.0 (+ (* (- 1.0) |param L|) (* (- 1.0) |param MSL|) |param Q|)))) (not (and (<= 0.0 (+ (* (- 1.0) |param L|) |param Q|)) (<= 0.0 (+ |param N| (* (- 1.0) |param L|))))) (not (and (<= 0.0 (+ |param L| (* (- 1.0) |param Q|))) (<= 0.0 (+ |param N| (* (- 1.0) |param Q|))))) (not (and (<= 0.0 (+ (* (- 1.0) |param N|) |param L|)) (<= 0.0 (+ (* (- 1.0) |param L|) |param Q|)) (< 0.0 (+ |param L| |param MSL| (* (- 1.0) |param Q|))))) (not (and (<= 0.0 (+ (* (- 1.0) |param N|) |param Q|)) (<= 0.0 (+ |param L| (* (- 1.0) |param Q|)))))))
(check-sat)
