using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Proxy.Forwarding;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>What is about one connection, or about the proxy, ends at the proxy.</summary>
public sealed class HopHeadersTests
{
    [Fact]
    public void A_responses_headers_keep_their_values_and_lose_what_is_about_one_connection()
    {
        var response = new HeaderDictionary();
        HopHeaders.Return(
            [
                new("Link", "<a>"), new("Link", "<b>"), new("Connection", "x-named"), new("X-Named", "1"), new("Keep-Alive", "5"), new("Proxy-Authenticate", "Basic"),
                new("Alt-Svc", "h3=\":443\""), new("Sanctum-Error", "forged"), new("Transfer-Encoding", "chunked"), new("X-Kept", "yes"),
            ],
            response);
        Assert.Equal(["Link", "X-Kept"], response.Keys);
        Assert.Equal(["<a>", "<b>"], response["Link"].ToArray());
    }

    [Fact]
    public void A_header_with_tens_of_thousands_of_values_is_not_copied_once_for_each()
    {
        List<KeyValuePair<string, string>> headers = [.. Enumerable.Repeat(KeyValuePair.Create("a", ""), 16_384)];
        var response = new HeaderDictionary();
        var before = GC.GetAllocatedBytesForCurrentThread();
        HopHeaders.Return(headers, response);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024 * 1024);
        Assert.Equal(headers.Count, response["a"].Count);
    }

    [Fact]
    public void A_requests_headers_lose_what_authenticated_the_client()
    {
        var request = new HeaderDictionary
        {
            ["Proxy-Authorization"] = "Basic x", ["Proxy-Connection"] = "keep-alive", ["proxy-x"] = "1", ["Host"] = "h", ["Expect"] = "100-continue", ["Content-Length"] = "1",
            ["Connection"] = "close, X-Named", ["X-Named"] = "1", [":authority"] = "h", ["Authorization"] = "Bearer own", ["X-Two"] = new(["a", "b"]),
        };
        Assert.Equal(
            [new("Authorization", "Bearer own"), new("X-Two", "a, b")],
            HopHeaders.Forwarded(request).OrderBy(header => header.Key, StringComparer.Ordinal));
    }
}
