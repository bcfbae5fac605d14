; tcpverify condition certificate 1
; spec: fin_again.tcpv, check last_ack_lost
; instance: one_close with fins = during_r
; find condition on T, MSL, R such that answered holds: never A.refused
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param R| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param R|)) (not (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|) (* (- 1.0) |param R|)))) (not (<= 0.0 (+ (* (- 1.0) |param T|) |param R|))) (not (and (< 0.0 (+ (* (- 1.0) |param T|) |param MSL| |param R|)) (< 0.0 (+ |param T| |param MSL| (* (- 1.0) |param R|)))))))
(check-sat)
