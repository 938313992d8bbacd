#include <stddef.h>
#include <stdint.h>

int FuzzLineProtocol_main(int argc, char **argv);
int FuzzCSV_main(int argc, char **argv);
int FuzzJSONLines_main(int argc, char **argv);
