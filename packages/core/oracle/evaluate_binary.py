def expected_binary(case):
    raise NotImplementedError
