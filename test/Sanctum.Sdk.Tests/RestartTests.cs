using System.Collections.Concurrent;
using System.Threading.Channels;
using Sanctum.Client;

namespace Sanctum.Sdk.Tests;

/// <summary>The daemon is restarted ten times while programs use it: calls succeed or fail with a typed exception, none hangs, none is sent twice.</summary>
public sealed class RestartTests(SdkVault vault) : IClassFixture<SdkVault>
{
    private const int Tasks = 50, Restarts = 10;

    // For one call, on a machine where the daemon takes its time to start.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Fifty_tasks_share_a_client_while_the_daemon_is_restarted()
    {
        await RestartUnderLoadAsync(async id =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{vault.Streams.Origin}/once/{id}");
            using var response = await vault.Client.SendAsync("openai/key", request);
            return await response.Content.ReadAsStringAsync();
        });
    }

    [Fact]
    public async Task Fifty_tasks_share_a_handler_with_open_streams_while_the_daemon_is_restarted()
    {
        vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var http = vault.Through("openai/key");
        using var over = new CancellationTokenSource();
        var streams = Enumerable.Range(0, 5).Select(_ => StreamAsync(http, over.Token)).ToList();

        await RestartUnderLoadAsync(id => http.GetStringAsync($"{vault.Streams.Origin}/once/{id}"));

        await over.CancelAsync();
        var ended = await Task.WhenAll(streams).WaitAsync(Patience);
        Assert.All(ended, count => Assert.InRange(count, 2, int.MaxValue)); // Each was opened again.
    }

    private async Task RestartUnderLoadAsync(Func<string, Task<string>> call)
    {
        // The service of both tests is one: each call has an id that no other run's has.
        var run = Guid.NewGuid().ToString("N");
        var (failures, successes, sent) = (new ConcurrentQueue<Exception>(), 0, 0);
        using var over = new CancellationTokenSource();
        var tasks = Enumerable.Range(0, Tasks).Select(async task =>
        {
            while (!over.IsCancellationRequested)
            {
                var id = $"{run}-{task}-{Interlocked.Increment(ref sent)}";
                try
                {
                    Assert.Equal(id, await call(id).WaitAsync(Patience));
                    Interlocked.Increment(ref successes);
                }
                catch (Exception failure) when (failure is Client.VaultException or HttpRequestException)
                {
                    failures.Enqueue(failure);
                    await Task.Delay(20); // A daemon that is not there refuses at once.
                }
            }
        }).ToList();

        for (var i = 0; i < Restarts; i++)
        {
            var before = Volatile.Read(ref successes);
            await vault.RestartAsync();
            while (Volatile.Read(ref successes) == before && !tasks.Exists(task => task.IsFaulted))
            {
                await Task.Delay(10);
            }
        }

        await over.CancelAsync();
        await Task.WhenAll(tasks);

        Assert.All(failures, RequireTyped);
        var arrived = vault.Streams.Requests.Where(request => request.Path.StartsWith($"/once/{run}-", StringComparison.Ordinal)).Select(request => request.Path).ToList();
        Assert.Equal(arrived.Count, arrived.Distinct().Count());
        Assert.InRange(successes, Restarts, arrived.Count);
        TestContext.Current.SendDiagnosticMessage(
            $"{sent} calls, {successes} succeeded, {arrived.Count} arrived; failures: {string.Join(", ", failures.GroupBy(Kind).Select(kind => $"{kind.Key} {kind.Count()}"))}");
    }

    // What a program can decide on: what went wrong, and whether it was sent. A daemon that is stopping says 503 and when to try again. A connection that broke is .NET's own kind, as with any HttpClient.
    private static void RequireTyped(Exception failure) => Assert.True(
        failure is Client.VaultException or HttpRequestException { InnerException: Client.VaultException or IOException } or HttpRequestException { HttpRequestError: not HttpRequestError.Unknown }
            or HttpRequestException { StatusCode: System.Net.HttpStatusCode.ServiceUnavailable },
        failure.ToString());

    private static string Kind(Exception failure) => failure is HttpRequestException http ? http.InnerException?.GetType().Name ?? $"{http.HttpRequestError}" : failure.GetType().Name;

    // How many times it was opened, until it is over.
    private async Task<int> StreamAsync(HttpClient http, CancellationToken over)
    {
        var opened = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                await using var stream = await http.GetStreamAsync($"{vault.Streams.Origin}/events", over);
                opened++;
                while (await stream.ReadAsync(new byte[100], over) > 0)
                {
                }
            }
            catch (Exception ended) when (ended is HttpRequestException or IOException or OperationCanceledException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }

        return opened;
    }
}
