#include "sandbox/worker/zygote.h"

int main(int argc, char** argv) { return yoke::sandbox::run_if_zygote(argc, argv).value_or(2); }
