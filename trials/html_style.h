#pragma once

namespace yoke {

extern const char* const kReportStyle;  // the style sheet of a report

}  // namespace yoke
