using Sanctum.Agents;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations;

public sealed class HeavyWorkTests
{
    private static readonly AgentName Greedy = AgentName.Parse("greedy");
    private static readonly AgentName Modest = AgentName.Parse("modest");

    [Fact]
    public async Task Agents_take_turns_however_many_calls_one_of_them_makes()
    {
        var work = new HeavyWork(1);
        var order = new List<string>();
        var first = new TaskCompletionSource();
        var running = work.RunAsync(Greedy, () => WaitAsync(first.Task), default).AsTask();
        var waiting = new List<Task>();
        for (var i = 0; i < 10; i++)
        {
            waiting.Add(RunAsync(Greedy));
        }

        waiting.Add(RunAsync(Modest));
        first.SetResult();
        await Task.WhenAll([running, .. waiting]);

        Assert.Equal(["greedy", "modest", "greedy"], order.Take(3));
        Assert.Equal(11, order.Count);

        Task RunAsync(AgentName agent) => work.RunAsync(agent, () =>
        {
            order.Add(agent.Value);
            return new ValueTask<OperationResult>(new VerifyResult(true));
        }, default).AsTask();
    }

    [Fact]
    public async Task A_call_that_is_given_up_loses_its_turn_and_no_other_waits_for_it()
    {
        var work = new HeavyWork(1);
        var first = new TaskCompletionSource();
        using var cancelled = new CancellationTokenSource();
        var running = work.RunAsync(Greedy, () => WaitAsync(first.Task), default).AsTask();
        var givenUp = work.RunAsync<OperationResult>(Greedy, () => throw new InvalidOperationException("it ran"), cancelled.Token).AsTask();
        var next = work.RunAsync(Greedy, () => WaitAsync(Task.CompletedTask), default).AsTask();

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        first.SetResult();

        await Task.WhenAll(running, next);
        await work.RunAsync(Modest, () => WaitAsync(Task.CompletedTask), default);
    }

    [Fact]
    public async Task Between_two_pieces_of_a_long_call_others_have_their_turns_and_its_agents_own_wait()
    {
        var work = new HeavyWork(1);
        var order = new List<string>();
        var first = new TaskCompletionSource();
        var running = work.RunAsync(Greedy, async passOn =>
        {
            await first.Task;
            order.Add("one");
            await passOn();
            order.Add("two");
            await passOn();
            order.Add("three");
            return true;
        }, default).AsTask();
        var others = Task.WhenAll(RunAsync(Modest, "other"), RunAsync(Modest, "last"));
        var own = RunAsync(Greedy, "own");
        first.SetResult();
        await Task.WhenAll(running, own, others);

        Assert.Equal(["one", "other", "two", "last", "three", "own"], order);

        Task RunAsync(AgentName agent, string what) => work.RunAsync(agent, () =>
        {
            order.Add(what);
            return new ValueTask<bool>(true);
        }, default).AsTask();
    }

    [Fact]
    public async Task A_long_call_that_is_given_up_between_two_pieces_leaves_one_place_and_not_two()
    {
        var work = new HeavyWork(1);
        var (first, other) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var cancelled = new CancellationTokenSource();
        var running = work.RunAsync(Greedy, async passOn =>
        {
            await first.Task;
            await passOn();
            return true;
        }, cancelled.Token).AsTask();
        var next = work.RunAsync(Modest, () => WaitAsync(other.Task), default).AsTask();
        first.SetResult();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        var last = work.RunAsync(Greedy, () => WaitAsync(Task.CompletedTask), default).AsTask();
        Assert.False(last.IsCompleted);
        other.SetResult();
        await Task.WhenAll(next, last);
    }

    private static async ValueTask<OperationResult> WaitAsync(Task task)
    {
        await task;
        return new VerifyResult(true);
    }
}
