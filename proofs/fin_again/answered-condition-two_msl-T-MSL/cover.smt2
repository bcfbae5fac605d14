; tcpverify condition certificate 1
; spec: fin_again.tcpv, check two_msl
; instance: one_close with exchange = within_msl
; find condition on T, MSL such that answered holds: never A.refused
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|)) (not (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|)))) (not (< 0.0 (+ (* (- 1.0) |param T|) |param MSL|))) (not (and (< 0.0 (+ (* (- 1.0) |param T|) (* 2.0 |param MSL|))) (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|)))))))
(check-sat)
