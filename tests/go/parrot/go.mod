module example.test/parrot

go 1.25
