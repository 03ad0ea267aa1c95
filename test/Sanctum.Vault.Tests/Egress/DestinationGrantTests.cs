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
    public async Task And_never_widen_them()
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
