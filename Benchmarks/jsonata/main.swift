import JSONata
print(1)
