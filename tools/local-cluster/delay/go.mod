module local-cluster/delay

go 1.21
