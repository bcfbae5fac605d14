; tcpverify condition certificate 1
; spec: fin_again.tcpv, check sooner
; instance: one_close with exchange = within_d
; find condition on T, MSL, D such that answered holds: never A.refused
; expected: unsat
; it is the condition that is expected
(set-logic ALL)
(declare-const |param T| Real)
(declare-const |param MSL| Real)
(declare-const |param D| Real)
(assert (and (and (< 0.0 |param T|) (< 0.0 |param MSL|) (< 0.0 |param D|)) (not (= (and (< 0.0 (+ |param T| (* (- 1.0) |param D|))) (or (<= 0.0 (+ |param T| (* (- 2.0) |param MSL|))) (<= 0.0 (+ |param T| (* (- 1.0) |param MSL|) (* (- 1.0) |param D|))))) (and (<= (+ |param MSL| (ite (< |param D| |param MSL|) |param D| |param MSL|)) |param T|) (< |param D| |param T|))))))
(check-sat)
