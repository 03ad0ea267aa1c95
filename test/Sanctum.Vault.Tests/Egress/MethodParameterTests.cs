using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>An agent that may use some methods wants a service to take its request for another, by a word in the query.</summary>
public sealed class MethodParameterTests : IAsyncLifetime
{
    private TestUpstream _upstream = null!;
    private Outside _outside = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.StartAsync();
        _outside = await Outside.CreateAsync();
        await _outside.AllowOriginsAsync(_upstream.Origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("_method=DELETE")]
    [InlineData("a=b&_method=delete")]
    [InlineData("a=b;%5Fmethod=%44elete")]
    [InlineData("_method[]=PUT")]
    [InlineData("+_method=+PATCH")]
    [InlineData("_HttpMethod=PATCH")]
    [InlineData("X-HTTP-Method-Override=DELETE")]
    [InlineData("x_http_method=DELETE")]
    public async Task A_query_parameter_that_names_another_method_is_refused(string query) => await RefusedAsync(query);

    [Fact]
    public async Task The_word_method_itself_is_refused_where_methods_are_limited()
    {
        await _outside.SendAsync(new($"{_upstream.Origin}/ok?method=DELETE", "POST"));
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], Methods = ["POST"] });
        await RefusedAsync("method=DELETE");
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], Methods = [] });
        await _outside.SendAsync(new($"{_upstream.Origin}/ok?method=DELETE", "POST"));
        await _outside.Test.Vault.Policies.RemoveAsync(_outside.Test.Operator, "use");
        await _outside.Test.AllowAsync(PolicyActions.Use, conditions: new() { AllowedMethods = ["POST"] });
        await RefusedAsync("method=DELETE");
    }

    [Theory]
    [InlineData("_method=post")]
    [InlineData("method=users.list")]
    [InlineData("payment_method=put")]
    [InlineData("_method=card")]
    public async Task What_names_no_other_method_is_sent(string query)
    {
        await _outside.StoreAsync(new() { AllowedOrigins = [_upstream.Origin], Methods = ["POST"] });
        await _outside.SendAsync(new($"{_upstream.Origin}/ok?{query}", "POST"));
        Assert.Equal($"/ok?{query}", Assert.Single(_upstream.Requests).Target);
    }

    private async Task RefusedAsync(string query)
    {
        var before = _upstream.Requests.Count;
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok?{query}", "POST"));
        Assert.Equal("url", refused.Context!["member"]);
        Assert.Equal(before, _upstream.Requests.Count);
    }
}
