namespace HomeBridge.Tests;
