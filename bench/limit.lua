-- The limit: wrk asks the same pages, one connection a request. CONDITIONAL=1 asks for what it has already.
local number = 0
local headers = { Connection = "close", ["Accept-Encoding"] = "gzip" }
if os.getenv("CONDITIONAL") then headers["If-Modified-Since"] = "Fri, 01 Jan 2100 00:00:00 GMT" end
request = function()
  number = (number + 7919) % tonumber(os.getenv("PAGES") or "5000")
  return wrk.format("GET", string.format("/v%05d/api/v2/summary.json", number), headers)
end
