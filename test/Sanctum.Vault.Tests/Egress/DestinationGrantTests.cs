using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>Policies and the credential both say which methods, paths and hosts; a request needs the yes of the credential and of one whole policy.</summary>
public sealed class DestinationGrantTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync(allow: false);
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = ["*.example.test"] });
        await StoreAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/ok/v1", true)]
    [InlineData("GET", "/ok/v1/x/y", true)]
    [InlineData("GET", "/ok/v1?x=/admin", true)]
    [InlineData("POST", "/ok/v1", false)]
    [InlineData("HEAD", "/ok/v1", false)]
    [InlineData("GET", "/ok/v2", false)]
    [InlineData("GET", "/OK/v1", false)]
    [InlineData("GET", "/ok/%761", false)]
    [InlineData("GET", "//ok/v1", false)]
    [InlineData("GET", "/?/ok/v1", false)]
    [InlineData("GET", "/x/ok/v1", false)]
    public async Task The_credentials_methods_and_paths_bind_every_policy(string method, string path, bool goes)
    {
        await StoreAsync(methods: ["GET"], paths: ["/ok/v1*"]);
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await ExpectAsync(goes, method, path);
    }

    // Patterns are compared with the path as it is sent; a server that resolves dots would see another.
    [Theory]
    [InlineData("/ok/v1/../v2")]
    [InlineData("/ok/v1/./../v2")]
    [InlineData("/ok/v1/..")]
    [InlineData("/ok/v1/%2e%2e/v2")]
    [InlineData("/ok/v1/%2E./v2")]
    [InlineData("/ok/v1/%252e%252e/v2")]
    [InlineData("/ok/v1/..%2fv2")]
    [InlineData("/ok/v1/..%5cv2")]
    [InlineData("/ok/v1/..;/v2")]
    [InlineData("/ok/v1/..;x=1/v2")]
    [InlineData("/ok/v1/%2e%2e%3b/v2")]
    [InlineData("/ok/v1/..\\v2")]
    [InlineData("/ok/v1#/../v2")]
    public async Task No_path_walks_out_of_its_pattern(string path)
    {
        await StoreAsync(paths: ["/ok/v1/*"]);
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new(At(path)));
        Assert.Equal(0, _upstream.Connections);
    }

    // What a server may take for a dot, a slash or the end of the path: bytes that are no UTF-8, what normalisation or a code page turns into them, double escapes.
    [Theory]
    [InlineData("/ok/v1/%c0%ae%c0%ae/v2")]
    [InlineData("/ok/v1/..%c0%af../v2")]
    [InlineData("/ok/v1/a%c0%afb")]
    [InlineData("/ok/v1/%e0%80%ae%e0%80%ae/v2")]
    [InlineData("/ok/v1/%f0%80%80%ae%f0%80%80%ae/v2")]
    [InlineData("/ok/v1/%e9")]
    [InlineData("/ok/v1/%ed%a0%80")]
    [InlineData("/ok/v1/%ef%bc%8e%ef%bc%8e/v2")]
    [InlineData("/ok/v1/%ef%bc%8e%ef%bc%8e%ef%bc%8fv2")]
    [InlineData("/ok/v1/a%ef%bc%8fb")]
    [InlineData("/ok/v1/%ef%bc%bcv2")]
    [InlineData("/ok/v1/%e2%80%a5/v2")]
    [InlineData("/ok/v1/%e2%80%a4%e2%80%a4/v2")]
    [InlineData("/ok/v1/a%e2%88%95b")]
    [InlineData("/ok/v1/a%e2%81%84b")]
    [InlineData("/ok/v1/a%c2%a5b")]
    [InlineData("/ok/v1/a%e2%82%a9b")]
    [InlineData("/ok/v1/%e3%80%82%e3%80%82/v2")]
    [InlineData("/ok/v1/a%ef%bc%85b")]
    [InlineData("/ok/v1/a%cd%beb")]
    [InlineData("/ok/v1/a%ef%bc%9fb")]
    [InlineData("/ok/v1/a%ef%bc%83b")]
    [InlineData("/ok/v1/%252fb")]
    [InlineData("/ok/v1/%25252e%25252e/v2")]
    [InlineData("/ok/v1/%25c0%25ae/v2")]
    [InlineData("/ok/v1/%25u002e%25u002e/v2")]
    [InlineData("/ok/v1/a%00b")]
    [InlineData("/ok/v1/a%0ab")]
    [InlineData("/ok/v1/a%e2%80%8bb")]
    [InlineData("/ok/v1/.%cd%8f./v2")]
    [InlineData("/ok/v1/a%ef%b8%8fb")]
    [InlineData("/ok/v1/.%e3%85%a4./v2")]
    [InlineData("/ok/v1/.%f3%a0%87%af./v2")]
    public async Task A_path_that_servers_read_in_several_ways_is_refused_where_paths_are_limited(string path)
    {
        var everywhere = await _outside.Test.AllowAsync(PolicyActions.Use);
        await StoreAsync(paths: ["/ok/v1/*"]);
        var refused = await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(At(path)));
        Assert.Contains("several ways", refused.Message, StringComparison.Ordinal);
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, everywhere.Name);
        await StoreAsync(paths: []);
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedPaths = ["/ok/v1/*"] });
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(At(path)));
        Assert.Equal(0, _upstream.Connections);
    }

    [Theory]
    [InlineData("/ok/v1/caf%C3%A9")]
    [InlineData("/ok/v1/%E6%97%A5%E6%9C%AC")]
    [InlineData("/ok/v1/a%2Fb%20c")]
    [InlineData("/ok/v1/100%25")]
    [InlineData("/ok/v1/%23room%3Aserver")]
    [InlineData("/ok/v1/what%3F")]
    public async Task A_path_with_one_reading_is_sent_as_it_is(string path)
    {
        await StoreAsync(paths: ["/ok/v1/*"]);
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await _outside.GetAsync(At(path));
        Assert.Equal(path, Assert.Single(_upstream.Requests).Target);
    }

    [Theory]
    [InlineData("/ok/delete%3f/read")]
    [InlineData("/ok/delete%23/read")]
    public async Task A_path_that_ends_early_for_who_unescapes_first_must_be_permitted_as_that_too(string path)
    {
        await StoreAsync(paths: ["/ok/*/read"]);
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await ExpectAsync(goes: false, "GET", path);
    }

    // Servlet containers, for one, drop what follows a ';' up to the next slash.
    [Theory]
    [InlineData("/ok/*.json", "/ok/admin/keys;.json", false)]
    [InlineData("/ok/*.json", "/ok/admin/keys%3b.json", false)]
    [InlineData("/ok/*/read", "/ok/delete;/read", true)]
    [InlineData("/ok/*.json", "/ok/a;rev=1/b.json", true)]
    [InlineData("/ok/*;rev=?", "/ok/a;rev=1", true)]
    public async Task A_path_with_parameters_must_be_permitted_without_them_too(string pattern, string path, bool goes)
    {
        await StoreAsync(paths: [pattern]);
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await ExpectAsync(goes, "GET", path);
    }

    [Theory]
    [InlineData("Destination")]
    [InlineData("X-Amz-Copy-Source")]
    [InlineData("x-goog-copy-source")]
    [InlineData("x_ms_rename_source")]
    [InlineData("X-Copy-From")]
    public async Task A_header_that_names_another_path_is_refused_where_paths_are_limited(string header)
    {
        await _outside.Test.AllowAsync(PolicyActions.Use);
        var call = new OutgoingCall(At("/ok/v1/a"), "PUT") { Headers = [(header, "/ok/v2/b")] };
        await _outside.SendAsync(call);
        await StoreAsync(paths: ["/ok/v1/*"]);
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, call);
        await StoreAsync(paths: []);
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, (await _outside.Test.Vault.Policies.ListAsync(_outside.Test.Operator))[0].Name);
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedPaths = ["/ok/v1/*"] });
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, call);
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData("GET", "/ok/v1/a", true)]
    [InlineData("POST", "/ok/v2/a", true)]
    [InlineData("POST", "/ok/v1/a", false)]
    [InlineData("GET", "/ok/v2/a", false)]
    [InlineData("DELETE", "/ok/v2/a", false)]
    public async Task Policies_are_a_union_and_never_mixed(string method, string path, bool goes)
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedMethods = ["GET"], AllowedPaths = ["/ok/v1/*"] });
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedMethods = ["POST"], AllowedPaths = ["/ok/v2/*"] });
        await ExpectAsync(goes, method, path);
    }

    [Theory]
    [InlineData("api.example.test", true)]
    [InlineData("www.example.test", false)]
    [InlineData("www.api.example.test", false)]
    public async Task A_policys_hosts_narrow_the_credentials(string host, bool goes)
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedDomains = ["api.example.test"] });
        if (goes)
        {
            await _outside.GetAsync($"{_upstream.OriginAs(host)}/ok");
            return;
        }

        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new($"{_upstream.OriginAs(host)}/ok"));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Policies_never_widen_the_credentials_hosts()
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedDomains = ["evil.example.test"] });
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new($"{_upstream.OriginAs("evil.example.test")}/ok"));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Another_grant_than_use_sends_nothing()
    {
        await _outside.Test.AllowAsync(PolicyActions.Retrieve | PolicyActions.List | PolicyActions.Store | PolicyActions.Delete | PolicyActions.Rotate);
        await _outside.RefusedAsync(VaultErrorCode.AccessDenied, new(At("/ok")));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task A_policy_for_other_operations_sends_nothing()
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedOperations = ["sign"] });
        await _outside.RefusedAsync(VaultErrorCode.AccessDenied, new(At("/ok")));
        Assert.Equal(0, _upstream.Connections);
    }

    [Fact]
    public async Task Nobody_is_asked_to_approve_what_could_not_be_sent()
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedDomains = ["api.example.test"], RequireApproval = true });
        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new($"{_upstream.OriginAs("www.example.test")}/ok"));
        Assert.Empty(await _outside.Test.Vault.Approvals.ListAsync(_outside.Test.Operator));
        await _outside.RefusedAsync(VaultErrorCode.ApprovalRequired, new(At("/ok")));
        Assert.Single(await _outside.Test.Vault.Approvals.ListAsync(_outside.Test.Operator));
    }

    [Fact]
    public async Task A_policy_that_needs_approval_does_not_narrow_one_that_does_not()
    {
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedMethods = ["GET"] });
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { RequireApproval = true });
        await ExpectAsync(goes: true, "GET", "/ok");
        await _outside.RefusedAsync(VaultErrorCode.ApprovalRequired, new(At("/ok"), "DELETE"));
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData("CONNECT")]
    [InlineData("TRACE")]
    [InlineData("get")]
    [InlineData("Get")]
    [InlineData("")]
    [InlineData("GET ")]
    [InlineData("GET / HTTP/1.1\r\nX: y\r\n\r\nGET")]
    [InlineData("M-SEARCH")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU")]
    public async Task A_method_that_is_none_is_refused(string method)
    {
        await _outside.Test.AllowAsync(PolicyActions.Use);
        await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new(At("/ok"), method));
        Assert.Equal(0, _upstream.Connections);
    }

    private string At(string path) => _upstream.OriginAs(Outside.Host) + path;

    private Task StoreAsync(string[]? methods = null, string[]? paths = null) => _outside.StoreAsync(new()
    {
        AllowedOrigins = [_upstream.OriginAs(Outside.Host), _upstream.OriginAs("www.example.test"), _upstream.OriginAs("www.api.example.test")],
        Methods = methods,
        Paths = paths,
    });

    private async Task ExpectAsync(bool goes, string method, string path)
    {
        if (goes)
        {
            await _outside.SendAsync(new(At(path), method));
            Assert.Single(_upstream.Requests);
            return;
        }

        await _outside.RefusedAsync(VaultErrorCode.EgressDenied, new(At(path), method));
        Assert.Equal(0, _upstream.Connections);
    }
}
