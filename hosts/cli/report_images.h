#pragma once

#include <vector>

#include "hosts/cli/run_report.h"
#include "runtime/ports/message.h"

// Images as a report shows them. Pure.
namespace yoke {

// Takes images into a report until it holds kReportImagesMax; further ones are only named, as are
// those that are at an address, which a report never asks for.
class ReportImages {
 public:
  // `images`: of a run's start, each with "media_type" and "url".
  std::vector<ReportImage> of(const Json& images);
  std::vector<ReportImage> of(const Message& message);

 private:
  ReportImage take(const ImagePart& image);

  std::size_t bytes_ = 0;
};

}  // namespace yoke
