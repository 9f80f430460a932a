#include "hosts/cli/commands.h"

int main(int argc, char** argv) { return yoke::run_command_line(argc, argv); }
