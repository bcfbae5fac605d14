; tcpverify condition certificate 1
; spec: timestamps_condition.tcpv, check no_timestamps
; instance: two_incarnations with client = stands, server = stands
; find condition on T, MSL such that separate holds: never A.took_old or B.took_old
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|)))) (not (< 0.0 (+ (* (- 1.0) |param T|) |param MSL|))) (not (and (< 0.0 (+ (* (- 1.0) |param T|) (* 2.0 |param MSL|))) (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|)))))))
(check-sat)
