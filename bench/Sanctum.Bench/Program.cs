using System.Globalization;
using Sanctum.Bench;
using Sanctum.Bench.Proxying;
using Sanctum.Bench.Several;
using Sanctum.Bench.Siege;

// dotnet run build.cs -- bench [sign|http|proxy|unseal|verify|scrub|client|mcp|several|siege] [--seconds N] [--connections N,N] [--credentials N] [--floods NAME,NAME]
// Ratios in one run count; absolute times are the machine's.
if (args is ["echo", var socket])
{
    await EchoServer.RunAsync(socket);
    return 0;
}

if (args is ["upstream", var upstreamFolder])
{
    await HttpUpstream.RunAsync(upstreamFolder);
    return 0;
}

if (args is ["siege-upstream", var siegePortFile])
{
    await SiegeUpstream.RunAsync(siegePortFile);
    return 0;
}

if (args is ["siege-flood", var flood, var vault, var tcp, var service])
{
    await SiegeBenchmark.FloodAsync(flood, new SiegeField(vault, int.Parse(tcp, CultureInfo.InvariantCulture), int.Parse(service, CultureInfo.InvariantCulture)));
    return 0;
}

var options = BenchOptions.Parse(args);
using var folder = new BenchFolder();
if (options.Wants("sign"))
{
    await SignBenchmark.RunAsync(folder, options);
}

if (options.Wants("http"))
{
    await HttpBenchmark.RunAsync(folder, options);
}

if (options.Wants("proxy"))
{
    await ProxyBenchmark.RunAsync(folder, options);
}

if (options.Wants("unseal") || options.Wants("verify"))
{
    await VaultBenchmark.RunAsync(folder, options);
}

if (options.Wants("scrub"))
{
    ScrubBenchmark.Run(options);
}

if (options.Wants("client"))
{
    await ClientBenchmark.RunAsync(folder);
}

if (options.Wants("mcp"))
{
    await McpBenchmark.RunAsync(folder);
}

if (options.Wants("several"))
{
    await SeveralBenchmark.RunAsync(folder, options);
}

return options.Wants("siege") && !await SiegeBenchmark.RunAsync(folder, options) ? 1 : 0;
