using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>A secret goes where the operator bound it, and nowhere that only resembles it.</summary>
public sealed class BindingTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    private int Port => _upstream.Port;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = ["*.example.test", "example.test", "127.0.0.1"] });
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task It_goes_where_it_is_bound()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        Assert.Equal("ok", Outside.Text(await _outside.GetAsync($"{_upstream.OriginAs(Outside.Host)}/ok")));
        Assert.Equal($"Bearer {Outside.Secret}", Assert.Single(_upstream.Requests)["authorization"]);
    }

    [Theory]
    [InlineData("https://other.example.test:{0}")]
    [InlineData("https://example.test:{0}")]
    [InlineData("https://www.api.example.test:{0}")]
    [InlineData("https://xapi.example.test:{0}")]
    [InlineData("https://api.example.test.evil.test:{0}")]
    [InlineData("https://api.example.test-evil.test:{0}")]
    [InlineData("https://api-example.test:{0}")]
    [InlineData("https://api.example.testx:{0}")]
    [InlineData("https://ap1.example.test:{0}")]
    [InlineData("https://xn--pi-7kc.example.test:{0}")]
    [InlineData("https://127.0.0.1:{0}")]
    [InlineData("https://[::1]:{0}")]
    [InlineData("https://localhost:{0}")]
    [InlineData("https://api.example.test:1")]
    [InlineData("https://api.example.test")]
    [InlineData("http://api.example.test:{0}")]
    [InlineData("http://api.example.test")]
    public async Task It_does_not_go_to_what_resembles_it(string origin)
    {
        await _outside.StoreAsync(new() { Hosts = [$"{Outside.Host}:{Port}"], AllowedOrigins = [_upstream.OriginAs(Outside.Host)] });
        var url = string.Format(System.Globalization.CultureInfo.InvariantCulture, origin, Port) + "/ok";
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(url));
        NothingWentOut();
    }

    // What one program takes for the host, and another does not.
    [Theory]
    [InlineData("https://api.example.test:{0}@evil.test/ok")]
    [InlineData("https://api.example.test@evil.test:{0}/ok")]
    [InlineData("https://evil.test:{0}@api.example.test:{0}/ok")]
    [InlineData("https://user:pass@api.example.test:{0}/ok")]
    [InlineData("https://@api.example.test:{0}/ok")]
    [InlineData("https://evil.test\\@api.example.test:{0}/ok")]
    [InlineData("https://api.example.test:{0}\\@evil.test/ok")]
    [InlineData("https://evil.test#@api.example.test:{0}/ok")]
    [InlineData("https://api.example.test:{0}#@evil.test/ok")]
    [InlineData("https://api.example.test%2eevil.test:{0}/ok")]
    [InlineData("https://api.example.test%00.evil.test:{0}/ok")]
    [InlineData("https://api.example.test.:{0}/ok")]
    [InlineData("https://.api.example.test:{0}/ok")]
    [InlineData("https://api..example.test:{0}/ok")]
    [InlineData("https:///api.example.test:{0}/ok")]
    [InlineData("https:/api.example.test:{0}/ok")]
    [InlineData("https:api.example.test:{0}/ok")]
    [InlineData("//api.example.test:{0}/ok")]
    [InlineData("api.example.test:{0}/ok")]
    [InlineData(" https://api.example.test:{0}/ok")]
    [InlineData("https://api.example.test:{0} /ok")]
    [InlineData("https://api.example.test:0{0}/ok")]
    [InlineData("https://api.example.test:+{0}/ok")]
    [InlineData("https://api.example.test:{0}{0}/ok")]
    [InlineData("https://api.example.test:/ok")]
    [InlineData("https://api\u3002example.test:{0}/ok")]
    [InlineData("https://\u0430pi.example.test:{0}/ok")]
    [InlineData("https://\uff41pi.example.test:{0}/ok")]
    [InlineData("https://api.example.test\r\n.evil.test:{0}/ok")]
    [InlineData("ftp://api.example.test:{0}/ok")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ws://api.example.test:{0}/ok")]
    [InlineData("https://api.example.test:{0}/ok\r\nHost: evil.test")]
    [InlineData("https://api.example.test:{0}/ok HTTP/1.1\r\nX: y")]
    public async Task A_url_that_can_be_read_in_two_ways_is_refused(string url)
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host), "https://evil.test", $"https://evil.test:{Port}");
        var refused = await _outside.RefusedAsync(
            VaultErrorCode.InvalidParams, new(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, Port)));
        Assert.Equal("url", refused.Context!["member"]);
        NothingWentOut();
    }

    [Fact]
    public async Task Capitals_are_the_same_host_and_the_one_that_is_sent_is_the_bound_one()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        await _outside.GetAsync($"HTTPS://API.Example.TEST:{Port}/ok");
        var received = Assert.Single(_upstream.Requests);
        Assert.Equal(($"{Outside.Host}:{Port}", Outside.Host), (received["host"], received.ServerName));
    }

    [Fact]
    public async Task Without_a_list_of_hosts_there_is_no_request()
    {
        await _outside.StoreAsync(new());
        var refused = await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new($"{_upstream.OriginAs(Outside.Host)}/ok"));
        Assert.Contains("not bound to any host", refused.Message, StringComparison.Ordinal);
        NothingWentOut();
    }

    [Fact]
    public async Task What_is_bound_to_is_not_told_to_who_may_not_use_it()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
        var there = await _outside.RefusedAsync(VaultErrorCode.AccessDenied, new($"{_upstream.OriginAs(Outside.Host)}/ok"));
        var elsewhere = await _outside.RefusedAsync(VaultErrorCode.AccessDenied, new("https://evil.test/"));
        var nonsense = await _outside.RefusedAsync(VaultErrorCode.AccessDenied, new("nonsense"));
        Assert.Equal((there.Message, there.Message), (elsewhere.Message, nonsense.Message));
        NothingWentOut();
    }

    [Fact]
    public async Task What_else_a_credential_is_bound_to_is_not_told()
    {
        await _outside.StoreAsync(new() { Hosts = ["internal-name.corp.test"], AllowedOrigins = ["http://10.1.2.3:8080"] });
        var refused = await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new("https://evil.test/"));
        var told = $"{refused.Message} {refused.Suggestion} {string.Join(' ', refused.Context?.Values ?? [])}";
        Assert.DoesNotContain("corp", told, StringComparison.Ordinal);
        Assert.DoesNotContain("10.1", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_credentials_binding_is_none_of_anothers()
    {
        await _outside.AllowOriginsAsync(_upstream.OriginAs(Outside.Host));
        await _outside.StoreAsync(new() { Hosts = ["other.example.test"] }, path: "other/key");
        await _outside.GetAsync($"{_upstream.OriginAs(Outside.Host)}/ok");
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new($"{_upstream.OriginAs(Outside.Host)}/ok") { With = "other/key" });
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData("[::1]")]
    [InlineData("Api.example.test")]
    [InlineData("api.example.test:443")]
    [InlineData("https://api.example.test")]
    [InlineData("*.example.test")]
    [InlineData("api.example.test/v1")]
    [InlineData("user@api.example.test")]
    [InlineData("api.example.test.")]
    [InlineData("")]
    public Task What_is_no_hosts_name_can_not_be_bound_to(string host) =>
        Refused.WithAsync(VaultErrorCode.InvalidParams, () => _outside.StoreAsync(new() { Hosts = [host] }));

    private void NothingWentOut()
    {
        Assert.Equal(0, _upstream.Connections);
        Assert.Empty(_outside.Asked);
    }
}
