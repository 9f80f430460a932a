#pragma once

// JSON objects of schemas by name, as texts.
namespace yoke {

extern const char* const kAskedSchemas;
extern const char* const kRunSchemas;
extern const char* const kPlaceSchemas;
extern const char* const kMoneySchemas;
extern const char* const kMemorySchemas;
extern const char* const kGrantSchemas;
extern const char* const kKeySchemas;
extern const char* const kRecordSchemas;
extern const char* const kTriggerSchemas;

}  // namespace yoke
