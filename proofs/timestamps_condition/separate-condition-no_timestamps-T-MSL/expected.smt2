; tcpverify condition certificate 1
; spec: timestamps_condition.tcpv, check no_timestamps
; instance: two_incarnations with client = stands, server = stands
; find condition on T, MSL such that separate holds: never A.took_old or B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (= (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|))) (<= (* 2.0 |param MSL|) |param T|)))))
(check-sat)
