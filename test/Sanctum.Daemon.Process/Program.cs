using System.Text;
using Sanctum.Daemon.Hosting;

// A daemon in a process of its own, as `sanctum daemon start --foreground` is one: <vault folder> <passphrase>.
ProcessHardening.Apply();
return await Sanctum.Daemon.Hosting.Daemon.RunAsync(
    new DaemonOptions { VaultDirectory = args[0] },
    Encoding.UTF8.GetBytes(args[1]),
    () => Console.WriteLine("ready"));
