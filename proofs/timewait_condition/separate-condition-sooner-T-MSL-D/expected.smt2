; tcpverify condition certificate 1
; spec: timewait_condition.tcpv, check sooner
; instance: two_incarnations with exchange = within_d
; find condition on T, MSL, D such that separate holds: never A.took_old or B.took_old
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param D| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param D|)) (not (= (and (< 0.0 (+ |param T| (* (- 1.0) |param D|))) (or (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|) (* (- 1.0) |param D|))) (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|))))) (and (<= (+ |param MSL| (ite (< |param D| |param MSL|) |param D| |param MSL|)) |param T|) (< |param D| |param T|))))))
(check-sat)
