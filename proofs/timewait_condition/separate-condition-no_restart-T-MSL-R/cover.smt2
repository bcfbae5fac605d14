; tcpverify condition certificate 1
; spec: timewait_condition.tcpv, check no_restart
; instance: two_incarnations with fins = during_r, restart = false
; find condition on T, MSL, R such that separate holds: never A.took_old or B.took_old
; expected: unsat
; the regions are all that the condition excludes
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param R| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param R|)) (not (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|) (* (- 1.0) |param R|)))) (not (<= 0.0 (+ (* (- 1.0) |param T|) |param R|))) (not (and (< 0.0 (+ (* (- 1.0) |param T|) (* 2.0 |param MSL|) |param R|)) (< 0.0 (+ |param T| |param MSL| (* (- 1.0) |param R|)))))))
(check-sat)
