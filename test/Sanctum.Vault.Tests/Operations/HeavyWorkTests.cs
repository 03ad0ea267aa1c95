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

    private static async ValueTask<OperationResult> WaitAsync(Task task)
    {
        await task;
        return new VerifyResult(true);
    }
}
