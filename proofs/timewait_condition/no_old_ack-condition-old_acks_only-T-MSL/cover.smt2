; tcpverify condition certificate 1
; spec: timewait_condition.tcpv, check old_acks_only
; instance: two_incarnations
; find condition on T, MSL such that no_old_ack holds: never B.took_old_ack
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|)))) (not (< 0.0 (+ (* (- 1.0) |param T|) |param MSL|)))))
(check-sat)
