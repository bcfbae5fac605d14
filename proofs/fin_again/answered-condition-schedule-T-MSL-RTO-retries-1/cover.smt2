; tcpverify condition certificate 1
; spec: fin_again.tcpv, check schedule
; instance: one_close with fins = by_schedule, retries = 1
; find condition on T, MSL, RTO such that answered holds: never A.refused
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param RTO| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param RTO|)) (not (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|) (* (- 1.0) |param RTO|)))) (not (<= 0.0 (+ (* (- 1.0) |param T|) |param RTO|))) (not (and (<= 0.0 (+ (* (- 1.0) |param T|) (* 3.0 |param RTO|))) (< 0.0 (+ (* (- 1.0) |param T|) |param MSL| |param RTO|)) (< 0.0 (+ |param T| |param MSL| (* (- 1.0) |param RTO|))))) (not (and (< 0.0 (+ (* (- 1.0) |param T|) |param MSL| |param RTO|)) (< 0.0 (+ |param MSL| (* (- 2.0) |param RTO|))) (<= 0.0 (+ |param T| (* (- 2.0) |param RTO|)))))))
(check-sat)
