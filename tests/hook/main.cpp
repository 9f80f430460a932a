#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "sandbox/worker/zygote.h"

// A test that opens an App starts its workers as this very program does.
int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  return Catch::Session().run(argc, argv);
}
