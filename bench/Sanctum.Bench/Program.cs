using Sanctum.Bench;

// dotnet run build.cs -- bench [sign|http|unseal|verify] [--seconds N] [--connections N,N] [--credentials N]
// Ratios in one run count; absolute times are the machine's.
if (args is ["echo", var socket])
{
    await EchoServer.RunAsync(socket);
    return 0;
}

if (args is ["upstream", var portFile])
{
    await HttpUpstream.RunAsync(portFile);
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

if (options.Wants("unseal") || options.Wants("verify"))
{
    await VaultBenchmark.RunAsync(folder, options);
}

return 0;
