using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>An agent with a privileged credential wants a service to take its request for one of somebody else, by a word in the query.</summary>
public sealed class CallerParameterTests : IAsyncLifetime
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
    [InlineData("sudo=root")]
    [InlineData("SUDO=root")]
    [InlineData("a=b&sudo=1")]
    [InlineData("a=b;%73udo=root")]
    [InlineData("sudo[]=root")]
    [InlineData("sudo")]
    [InlineData("_switch_user=admin")]
    public async Task A_query_parameter_that_names_whom_a_request_acts_for_is_refused(string query)
    {
        var refused = await _outside.RefusedAsync(VaultErrorCode.InvalidParams, new($"{_upstream.Origin}/ok?{query}"));
        Assert.Equal("url", refused.Context!["member"]);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("q=sudo")]
    [InlineData("sudoers=1")]
    [InlineData("pseudo=1")]
    [InlineData("switch_user=on")]
    public async Task What_names_nobody_is_sent(string query)
    {
        await _outside.SendAsync(new($"{_upstream.Origin}/ok?{query}"));
        Assert.Equal($"/ok?{query}", Assert.Single(_upstream.Requests).Target);
    }
}
