; tcpverify condition certificate 1
; spec: fin_again.tcpv, check schedule
; instance: one_close with fins = by_schedule, retries = 2
; find condition on T, MSL, RTO such that answered holds: never A.refused
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param RTO| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param RTO|)) (not (= (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|) (* (- 3.0) |param RTO|))) (<= (+ (* 3.0 |param RTO|) |param MSL|) |param T|)))))
(check-sat)
