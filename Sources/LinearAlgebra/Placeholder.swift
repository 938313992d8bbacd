import COpenBLAS
func p() { openblas_set_num_threads(1) }
