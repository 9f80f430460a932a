#include "runtime/base/ensure.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tools/plugins/package.h"
#include "tools/plugins/unzip.h"

// Any bytes are a package whose files lie within it and within the bounds, or are refused with a
// reason; the files of one make a zip that reads back as the same.
namespace yoke::fuzz {
namespace {

PackageLimits small_limits() {
  PackageLimits limits;
  limits.zip_bytes_max = 256 << 10;
  limits.entries_max = 64;
  limits.file_bytes_max = 1 << 20;
  limits.total_bytes_max = 2 << 20;
  return limits;
}

void check_files(const std::map<std::string, std::string>& files) {
  const PackageLimits limits = small_limits();
  std::size_t total = 0;
  for (const auto& [name, bytes] : files) {
    ENSURE(require_package_name(name).has_value());
    ENSURE(bytes.size() <= limits.file_bytes_max);
    total += bytes.size();
  }
  ENSURE(files.size() <= limits.entries_max);
  ENSURE(total <= limits.total_bytes_max);
  const Result<std::string> zip = write_zip(files);
  ENSURE(zip.has_value());
  PackageLimits wide = limits;
  wide.zip_bytes_max = 16 << 20;
  wide.ratio_max = 1 << 20;  // of what is packed here
  const auto again = unzip(*zip, wide);
  ENSURE(again.has_value());
  ENSURE(*again == files);
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(yoke::fuzz::text_of(data, size));
  const auto files = yoke::unzip(bytes, yoke::fuzz::small_limits());
  if (files && !files->empty()) {  // what holds nothing is not written
    yoke::fuzz::check_files(*files);
  } else if (!files) {
    ENSURE(!files.error().detail.empty());
  }
  return 0;
}
