# What stands in a `finally` is compiled twice, and what stands in a `finally` of that four times.
# layer: policy
# stopped: AF001
from agentflow import Workflow


def bomb():
    try:
     pass
    finally:
     try:
      pass
     finally:
      try:
       pass
      finally:
       try:
        pass
       finally:
        try:
         pass
        finally:
         try:
          pass
         finally:
          try:
           pass
          finally:
           try:
            pass
           finally:
            try:
             pass
            finally:
             try:
              pass
             finally:
              try:
               pass
              finally:
               try:
                pass
               finally:
                try:
                 pass
                finally:
                 try:
                  pass
                 finally:
                  try:
                   pass
                  finally:
                   try:
                    pass
                   finally:
                    try:
                     pass
                    finally:
                     try:
                      pass
                     finally:
                      pass


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED"
