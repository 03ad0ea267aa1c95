using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;

namespace Sanctum.Tests.Policies.Approvals;

public sealed class ApprovalBookTests
{
    private static readonly DateTimeOffset Noon = Asking.Noon;
    private static readonly byte[] Parameters = [1, 2, 3];

    private readonly ApprovalBook _book = new();

    [Fact]
    public void The_same_call_is_the_same_request()
    {
        var first = Ask();
        Assert.Matches("^[0-9a-f]{32}$", first.Id);
        Assert.Equal(first, Ask(at: Noon.AddMinutes(5)));
        Assert.Equal(first, Ask(operation: "sign_payload"));
        Assert.Equal([first], _book.List(Noon));
    }

    [Fact]
    public void An_approval_is_good_for_one_call()
    {
        _book.Approve(Ask().Id, duration: null, Noon);
        Assert.True(Consume());
        Assert.False(Consume());
    }

    [Fact]
    public void Nothing_is_consumed_before_it_is_approved()
    {
        Assert.False(Consume());
        Ask();
        Assert.False(Consume());
    }

    [Fact]
    public void An_approval_for_a_time_is_good_until_its_end()
    {
        _book.Approve(Ask().Id, TimeSpan.FromHours(2), Noon);
        Assert.True(Consume());
        Assert.True(Consume(at: Noon.AddHours(2).AddTicks(-1)));
        Assert.False(Consume(at: Noon.AddHours(2)));
    }

    [Fact]
    public void An_approval_for_one_call_that_is_not_made_is_forgotten()
    {
        _book.Approve(Ask().Id, duration: null, Noon);
        Assert.False(Consume(at: Noon + ApprovalBook.PendingLifetime));
    }

    [Theory]
    [InlineData("cat", "a", "sign", 1)]
    [InlineData("bot", "b", "sign", 1)]
    [InlineData("bot", "a", "encrypt", 1)]
    [InlineData("bot", "a", "sign", 9)]
    public void An_approval_is_for_this_very_call(string agent, string path, string operation, byte parameter)
    {
        _book.Approve(_book.Request(new Question(AgentName.Parse("bot"), PolicyActions.Use, CredentialPath.Parse("a"), "sign"), new byte[] { 1 }, Noon).Id, null, Noon);
        Assert.False(_book.TryConsume(new Question(AgentName.Parse(agent), PolicyActions.Use, CredentialPath.Parse(path), operation), new[] { parameter }, Noon));
        Assert.False(_book.TryConsume(new Question(AgentName.Parse("bot"), PolicyActions.Use | PolicyActions.Retrieve, CredentialPath.Parse("a"), "sign"), new byte[] { 1 }, Noon));
        Assert.True(_book.TryConsume(new Question(AgentName.Parse("bot"), PolicyActions.Use, CredentialPath.Parse("a"), "sign"), new byte[] { 1 }, Noon));
    }

    [Fact]
    public void A_denied_call_is_denied_for_five_minutes_without_asking_again()
    {
        _book.Deny(Ask().Id, Noon);
        var denied = Assert.Throws<VaultException>(() => Ask(at: Noon.AddMinutes(5).AddTicks(-1)));
        Assert.Equal(VaultErrorCode.AccessDenied, denied.Code);
        Assert.False(Consume());
        Assert.Empty(_book.List(Noon));
        Assert.NotNull(Ask(at: Noon.AddMinutes(5)));
    }

    [Fact]
    public void A_request_that_nobody_decides_is_forgotten()
    {
        var id = Ask().Id;
        var later = Noon + ApprovalBook.PendingLifetime;
        Assert.Empty(_book.List(later));
        Assert.Equal(VaultErrorCode.NotFound, Assert.Throws<VaultException>(() => _book.Approve(id, null, later)).Code);
        Assert.NotEqual(id, Ask(at: later).Id);
    }

    [Fact]
    public void A_request_is_decided_once()
    {
        var id = Ask().Id;
        _book.Deny(id, Noon);
        Assert.Equal(VaultErrorCode.NotFound, Assert.Throws<VaultException>(() => _book.Approve(id, null, Noon)).Code);
    }

    [Fact]
    public void One_agent_can_not_bury_the_operator_nor_lock_the_others_out()
    {
        for (byte i = 0; i < ApprovalBook.MaxPendingPerAgent; i++)
        {
            Ask(digest: [i]);
        }

        Assert.Equal(VaultErrorCode.RateLimited, Assert.Throws<VaultException>(() => Ask(digest: [99])).Code);
        Assert.NotNull(Ask(digest: [0]));
        Assert.NotNull(Ask(agent: "cat"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((24 * 3600) + 1)]
    public void A_time_that_is_none_or_too_long_is_refused(int seconds)
    {
        var refused = Assert.Throws<VaultException>(() => _book.Approve(Ask().Id, TimeSpan.FromSeconds(seconds), Noon));
        Assert.Equal("duration", refused.Context!["member"]);
    }

    private PendingApproval Ask(string agent = "bot", string operation = "sign", byte[]? digest = null, DateTimeOffset? at = null) =>
        _book.Request(new Question(AgentName.Parse(agent), PolicyActions.Use, CredentialPath.Parse("a"), operation), digest ?? Parameters, at ?? Noon);

    private bool Consume(DateTimeOffset? at = null) =>
        _book.TryConsume(new Question(AgentName.Parse("bot"), PolicyActions.Use, CredentialPath.Parse("a"), "sign"), Parameters, at ?? Noon);
}
