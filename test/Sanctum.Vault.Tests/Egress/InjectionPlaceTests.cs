using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>The secret goes where the operator put it, whatever the agent writes around that place.</summary>
public sealed class InjectionPlaceTests : IAsyncLifetime
{
    // Begins as an escape would: what stands before it could take its first digits.
    private const string Secret = "4b1d9f02c7x-live";

    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    // In the value of another member it is text that a service stores, posts or sends to somebody.
    [Theory]
    [InlineData("", "?key=SECRET")]
    [InlineData("?", "?key=SECRET")]
    [InlineData("?a", "?a&key=SECRET")]
    [InlineData("?a=b", "?a=b&key=SECRET")]
    [InlineData("?a=b&", "?a=b&key=SECRET")]
    [InlineData("?comment=hello?", "?comment=hello?&key=SECRET")]
    [InlineData("??", "??&key=SECRET")]
    [InlineData("?a=%26", "?a=%26&key=SECRET")]
    [InlineData("?a=b;", "?a=b;&key=SECRET")]
    public async Task A_secret_in_a_query_is_a_separate_parameter(string query, string sent)
    {
        await StoreAsync("query:key");
        await _outside.GetAsync($"{_upstream.Origin}/ok{query}");
        Assert.Equal($"/ok{sent.Replace("SECRET", Secret, StringComparison.Ordinal)}", Assert.Single(_upstream.Requests).Target);
    }

    // A service that unescapes what it was sent would have another text, which nobody looks for, and the agent knows how to undo it.
    [Theory]
    [InlineData("/ok/%{secret}")]
    [InlineData("/ok/%4{secret}")]
    [InlineData("/ok/%{secret}41")]
    [InlineData("/ok/%4{secret}1/x")]
    [InlineData("/ok/%25{secret}")]
    [InlineData("/ok/%254{secret}")]
    [InlineData("/ok/%2{secret}5")]
    [InlineData("/ok/%%32%35{secret}")]
    public async Task A_secret_in_a_path_completes_no_escape(string path)
    {
        await StoreAsync("path");
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new(_upstream.Origin + path));
        Assert.Equal("url", refused.Context!["member"]);
        Assert.Equal(0, _upstream.Connections);
    }

    [Theory]
    [InlineData("/ok/{secret}")]
    [InlineData("/ok/a%20{secret}41")]
    [InlineData("/ok/%41{secret}%41")]
    [InlineData("/ok/100%25-{secret}")]
    public async Task A_secret_in_a_path_replaces_its_placeholder(string path)
    {
        await StoreAsync("path");
        await _outside.GetAsync(_upstream.Origin + path);
        Assert.Equal(path.Replace("{secret}", Secret, StringComparison.Ordinal), Assert.Single(_upstream.Requests).Target);
    }

    private Task StoreAsync(string headerType) => _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], HeaderType = headerType }, Secret);
}
