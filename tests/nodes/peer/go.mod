module windrose.test/nodes/peer

go 1.26
